const net = require('node:net');

class Delivery {
  constructor(parcel) { this.parcel = parcel; this.stops = Array.from({ length: 6 }, (_, i) => ({ stop: i, parcel })); this.answer = ''; }
}

exports.track = (port, parcel) => new Promise((done, fail) => {
  const delivery = new Delivery(parcel);
  const socket = net.connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.on('data', (bytes) => { delivery.answer += bytes; done(delivery.answer); });
  socket.on('error', fail);
  socket.write(parcel);
});
