const readline = require('node:readline');
const { price } = require('./pricing');
let done = 0;
readline.createInterface({ input: process.stdin }).on('line', (line) => { price(JSON.parse(line)); console.log('done', ++done); });
console.log('ready 0');
