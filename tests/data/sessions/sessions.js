// A small service that never ends a session: what the dumps and profiles in this folder are made of.
'use strict';
const fs = require('fs');
const v8 = require('v8');
const inspector = require('inspector');

class Session {
  constructor(user) {
    this.user = user;
    this.visits = Array.from({ length: 10 }, (_, visit) => ({ visit, page: `/page/${user}/${visit}` }));
  }
}

const sessions = new Map();

function watch(session) {
  session.refresh = function refresh() { return session.user; };
}

function login(user) {
  const session = new Session(user);
  watch(session);
  sessions.set(user, session);
  return session.visits.length;
}

function route(depth, user) {
  return depth === 0 ? login(user) : route(depth - 1, user);
}

const api = new inspector.Session();
api.connect();
const post = (method, params) => new Promise((resolve, reject) =>
  api.post(method, params, (error, result) => error ? reject(error) : resolve(result)));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main([out, pause, users]) {
  await post('HeapProfiler.startSampling', { samplingInterval: 1024 });
  process.chdir(out);
  let user = 0;
  for (let step = 0; step < 3; step++) {
    for (let i = 0; i < users; i++) route(i % 3, `user-${user++}`);
    global.gc();
    const { profile } = await post('HeapProfiler.getSamplingProfile');
    const mb = Math.round(process.memoryUsage().heapUsed / 1e6);
    fs.writeFileSync(`sample_${Date.now()}_${mb}.heapprofile`, JSON.stringify(profile));
    v8.writeHeapSnapshot();
    if (step < 2) await wait(Number(pause));
  }
}

main(process.argv.slice(2)).then(() => process.exit(0));
