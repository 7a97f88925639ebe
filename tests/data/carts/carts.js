// A page that never forgets a cart: what the dumps and profiles of Chromium in this folder are made of.
'use strict';

class Cart {
  constructor(number) {
    this.number = number;
    this.lines = Array.from({ length: 8 }, (_, line) => ({ line, text: `cart ${number} line ${line}` }));
  }
}

const carts = [];

function listen(cart) {
  document.addEventListener('price', function onPrice() { return cart.number; });
}

function fill(number) {
  const cart = new Cart(number);
  listen(cart);
  carts.push(cart);
}

function shop(count) {
  for (let i = 0; i < count; i++) fill(carts.length);
  return carts.length;
}
