const requests = new Map();
let next = 1;

class Exchange {
  constructor(req, res) { this.id = next++; this.req = req; this.res = res; this.began = Date.now(); }
}

exports.begin = (req, res) => {
  const exchange = new Exchange(req, res);
  requests.set(exchange.id, exchange);
  res.once('finish', () => requests.delete(exchange.id));
};
exports.running = () => requests.size;
