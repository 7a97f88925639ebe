// A small service that never forgets its orders: what the profiles and dumps are made of.
'use strict';
const v8 = require('v8');
const fs = require('fs');
const inspector = require('inspector');

class Order {
  constructor(id) {
    this.id = id;
    this.lines = Array.from({ length: 12 }, (_, line) => ({ line, text: `order ${id} line ${line}` }));
  }
}

const book = [];

function remember(order) {
  const watcher = function onChange() { return order.id; };
  book.push(watcher);
}

function handle(id) {
  const order = new Order(id);
  remember(order);
  return order.lines.map((line) => line.text).join('');
}

function deep(level, id) {
  return level === 0 ? handle(id) : deep(level - 1, id);
}

const session = new inspector.Session();
session.connect();
const post = (method, params) => new Promise((resolve, reject) =>
  session.post(method, params, (error, result) => error ? reject(error) : resolve(result)));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function sampling(out) {
  await post('HeapProfiler.startSampling', { samplingInterval: 1024 });
  let id = 0;
  for (let step = 0; step < 3; step++) {
    for (let i = 0; i < 150; i++) { handle(id); deep(5, id++); }
    global.gc();
    const { profile } = await post('HeapProfiler.getSamplingProfile');
    const mb = Math.round(process.memoryUsage().heapUsed / 1e6);
    const time = 1795000000000 + step * 3600000;
    fs.writeFileSync(`${out}/sample_${time}_${mb}.heapprofile`, JSON.stringify(profile));
  }
  await post('HeapProfiler.stopSampling');
  v8.writeHeapSnapshot(`${out}/Heap.20261118.160000.${process.pid}.0.001.heapsnapshot`);
}

async function timeline(out) {
  const chunks = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', (m) => chunks.push(m.params.chunk));
  await post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
  let id = 0;
  for (let step = 0; step < 4; step++) {
    for (let i = 0; i < 40; i++) { handle(id); deep(2, id++); }
    await wait(120);
  }
  await post('HeapProfiler.stopTrackingHeapObjects', { reportProgress: false });
  fs.writeFileSync(`${out}/orders.heaptimeline`, chunks.join(''));
}

(process.argv[2] === 'timeline' ? timeline : sampling)(process.argv[3]).then(() => process.exit(0));
