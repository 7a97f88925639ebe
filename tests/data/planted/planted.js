// Secrets in every kind of place that a heap has one, each with a marker of its own that begins with QZ: what the dumps
// in this folder are made of. `byAddress` is never emptied, so there is a leak to report.
'use strict';
const { EventEmitter } = require('events');
const v8 = require('v8');
const vm = require('vm');

class Profile {
  constructor(number) {
    this.note = `QZDICTVALUE${number} likes "tea", number ${number}`;
    this.tags = [`QZELEM ${number}`];
  }
}

class Tagged {
  get [Symbol.toStringTag]() { return 'QZTAG@example.com'; }
}

class TaggedWord {
  get [Symbol.toStringTag]() { return 'QZTAGWORD'; }
}

const Renamed = class {};
Object.defineProperty(Renamed, 'name', { value: 'QZCLASS Jane Doe' });

function plant(hold) {
  const data = {};
  data.plain = 'QZPLAIN Jane Doe';
  data.quotes = 'say "QZQUOTED" and \\"QZESCAPED\\" \'QZSINGLE\' `QZTICK`\nQZNEWLINE';
  data.json = JSON.stringify({ email: 'QZJSON@example.com', iban: 'QZIBAN DE89' });
  data.error = new RangeError('QZERROR no account for jane.doe@example.com');
  data.caused = new TypeError('QZMESSAGE', { cause: new Error('QZCAUSE 4111 1111') });
  data.coded = Object.assign(new Error(''), { code: 'QZCODE-1', message: '' });
  data.regexp = /QZREGEXP jane\d+/g;
  data.rope = `QZROPE ${String(process.pid)} and more` + data.plain + String(Math.random());
  data.slice = ('QZPARENT '.repeat(40) + 'QZSLICE one two three four').slice(360);
  data.bigint = 4915112345678n;
  data.url = new URL('https://QZLOGIN:pw@example.com/QZURL?token=QZQUERY#QZHASH');
  data.list = ['QZITEM one', ['QZNESTED two']];
  data.set = new Set(['QZMEMBER one', 7]);
  data.map = new Map([
    ['{"email":"QZMAPKEY@example.com"}', 'QZMAPVALUE "quoted"'],
    [data.error, { name: 'QZFIELD', nested: new Map([['QZDEEPKEY "x"', new Error('QZMAPERROR')]]) }],
    [7, 'QZNUMBERED'],
  ]);
  data[Symbol('QZSYMBOL Jane Doe: 4 children')] = { a: 1 };
  data[Symbol('QZSYMBOLWORD')] = { a: 2 };
  data['QZKEYMAIL.doe@example.com'] = { a: 3 };
  data['+49 151 QZPHONE'] = { a: 4 };
  data['QZCOMMA, "QZINKEY" Doe'] = { a: 5, 'QZSHAPE, x': 6 };
  data['/customers/QZPATH/jane.doe@example.com/ssn.json'] = { a: 6 };
  data['https://api.example/u/QZKEYURL/4711.js'] = { a: 7 };
  data['internal/customers/QZINTERNAL@example.com'] = { a: 8 };
  data['[QZBRACKET Jane Doe: positive]'] = { a: 9 };
  data['get QZGETTER/set (secret)'] = { a: 10 };
  data['query QZGRAPHQL($id: ID!) { user(id: $id) { email } }'] = { a: 11 };
  data['QZFUNCTION jane@example.com'] = { 'QZMETHOD jane@example.com'() { return 1; } };
  data.bound = data['QZFUNCTION jane@example.com']['QZMETHOD jane@example.com'].bind(null, 'QZBOUND');
  data.renamed = new Renamed();
  data.tagged = new Tagged();
  data.word = new TaggedWord();
  data.key = new Profile(-1);
  data.weak = new WeakMap([[data.key, 'QZWEAKVALUE secret text'], [data.renamed, { v: 'QZWEAKFIELD' }]]);
  data.emitter = new EventEmitter();
  data.emitter.on('QZEVENT jane@example.com', function onEvent() { return data; });
  data.template = ((strings) => strings)`QZTEMPLATE ${1} "QZPIECE" ${2} QZLAST`;
  const captured = 'QZCAPTURED text';
  data.closure = function useCaptured() { return captured + data.plain; };
  data.promise = Promise.resolve('QZRESOLVED');
  data.generator = (function* suspended() { const local = 'QZLOCAL'; yield local; yield local; })();
  data.generator.next();
  hold.data = data;
}

const main = vm.runInThisContext(`(function (plant, Profile) {
  const registry = { byAddress: {}, requestCachesByEnvironment: new Map() };
  plant(registry);
  let number = 0;
  return function grow(count) {
    for (let i = 0; i < count; i++) {
      number += 1;
      const profile = new Profile(number);
      registry.byAddress['QZDICT' + number + '.doe@example.com'] = profile;
      registry.requestCachesByEnvironment.set('{"id":"QZCACHE' + number + '"}', { profile });
    }
    return registry;
  };
})`, { filename: '/home/QZUSER/app/planted.js' });

const folder = process.argv[2];
v8.writeHeapSnapshot(`${folder}/before.heapsnapshot`);
globalThis.grow = main(plant, Profile);
for (let dump = 1; dump <= 3; dump++) {
  globalThis.grow(60);
  global.gc();
  v8.writeHeapSnapshot(`${folder}/planted.s${dump}.heapsnapshot`);
}
