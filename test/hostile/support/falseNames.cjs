/**
 * For a program that is started with `--require` of this file: what the system says of some names, and a computer of the
 * world that is in truth this one.
 */
const dns = require('node:dns');
const http = require('node:http');
const { lookup } = dns.promises;
const { request } = http;

const world = '93.184.215.14';
const names = {
  'world.example': [{ address: world, family: 4 }],
  'loop.example': [{ address: '127.0.0.1', family: 4 }],
  'six.example': [{ address: '::ffff:10.0.0.1', family: 6 }],
  'mixed.example': [
    { address: world, family: 4 },
    { address: '127.0.0.1', family: 4 },
  ],
};

dns.promises.lookup = (hostname, options) =>
  Object.hasOwn(names, hostname) ? Promise.resolve(names[hostname]) : lookup(hostname, options);

const near = (address) => (address === world ? '127.0.0.1' : address);

http.request = (url, options, answered) => {
  const { lookup: pinned } = options;
  if (!pinned) return request(url, options, answered);
  const nearer = (hostname, how, found) =>
    pinned(hostname, how, (error, address, family) => {
      const all = Array.isArray(address)
        ? address.map((each) => ({ ...each, address: near(each.address) }))
        : near(address);
      found(error, all, family);
    });
  return request(url, { ...options, lookup: nearer }, answered);
};
