// src/server.ts
var import_node_v8 = require("node:v8");

// node_modules/mitt/dist/mitt.mjs
function mitt_default(n) {
  return { all: n = n || /* @__PURE__ */ new Map(), on: function(t, e) {
    var i = n.get(t);
    i ? i.push(e) : n.set(t, [e]);
  }, off: function(t, e) {
    var i = n.get(t);
    i && (e ? i.splice(i.indexOf(e) >>> 0, 1) : n.set(t, []));
  }, emit: function(t, e) {
    var i = n.get(t);
    i && i.slice().map(function(n2) {
      n2(e);
    }), (i = n.get("*")) && i.slice().map(function(n2) {
      n2(t, e);
    });
  } };
}

// src/logger.ts
var Logger = class {
  lines = [];
  info(line) {
    this.lines.push(line);
    if (this.lines.length > 100) this.lines.shift();
  }
};

// src/session-store.ts
var Session = class {
  constructor(id, user, log2) {
    this.id = id;
    this.user = user;
    this.log = log2;
  }
  id;
  user;
  log;
  created = Date.now();
  touch() {
    this.log.info(`touched ${this.id}`);
  }
};
var User = class {
  constructor(name) {
    this.name = name;
    this.tags = [`tag-${name}`];
  }
  name;
  tags;
};
var SessionStore = class {
  // Never emptied: this is the leak.
  sessions = /* @__PURE__ */ new Map();
  add(session) {
    this.sessions.set(session.id, session);
  }
  get size() {
    return this.sessions.size;
  }
};

// src/server.ts
var RequestCounter = class {
  count = 0;
};
var events = mitt_default();
var log = new Logger();
var store = new SessionStore();
var counter = new RequestCounter();
function onLogin(name) {
  const session = new Session(`s-${store.size}-${name}`, new User(name), log);
  session.touch();
  store.add(session);
  counter.count += 1;
}
events.on("login", onLogin);
var [folder, ...names] = process.argv.slice(2);
var step = 0;
for (const name of names) {
  for (let i = 0; i < 400; i++) events.emit("login", `user-${step}-${i}`);
  step += 1;
  (0, import_node_v8.writeHeapSnapshot)(`${folder}/${name}`);
}
setTimeout(() => log.info(`${counter.count} of ${store.size}`), 1);
//# sourceMappingURL=server.js.map
