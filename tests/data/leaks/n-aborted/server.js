const http = require('node:http');
const { begin, running } = require('./inflight');
http.createServer((req, res) => {
  begin(req, res);
  if (req.url === '/running') return res.end(String(running()));
  setTimeout(() => { if (!res.destroyed) res.end('done'); }, req.url.includes('slow') ? 300 : 1);
}).listen(0, function () { console.log('ready', this.address().port); });
