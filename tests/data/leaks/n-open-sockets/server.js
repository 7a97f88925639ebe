const http = require('node:http');
const net = require('node:net');
const { track } = require('./tracker');
const upstream = net.createServer((socket) => { socket.on('data', () => socket.write('ok')); socket.on('error', () => {}); });
upstream.listen(0, () => {
  const server = http.createServer(async (req, res) => { const answer = await track(upstream.address().port, req.url); res.end(answer); });
  server.listen(0, () => console.log('ready', server.address().port));
});
