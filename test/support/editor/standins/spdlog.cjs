// Takes the place of a native logger, so that preparing the editor needs no compiler. The editor writes its logs, and
// the text of every output channel, through these functions: the lines are the same.
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');
const { nextTick } = require('node:process');

const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

function stamp() {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, -1).replace('T', ' ');
}

class Logger {
  #path;
  #level = 2;
  #plain = false;
  #pending = '';
  #scheduled = false;

  constructor(_type, _name, path) {
    this.#path = path;
  }

  trace(message) {
    this.#write(0, message);
  }
  debug(message) {
    this.#write(1, message);
  }
  info(message) {
    this.#write(2, message);
  }
  warn(message) {
    this.#write(3, message);
  }
  error(message) {
    this.#write(4, message);
  }
  critical(message) {
    this.#write(5, message);
  }

  getLevel() {
    return this.#level;
  }
  setLevel(level) {
    this.#level = level;
  }
  setPattern() {}
  clearFormatters() {
    this.#plain = true;
  }
  drop() {
    this.flush();
  }

  flush() {
    const text = this.#pending;
    this.#pending = '';
    if (text !== '') {
      appendFileSync(this.#path, text);
    }
  }

  #write(level, message) {
    if (level < this.#level) {
      return;
    }
    this.#pending += this.#plain ? message : `${stamp()} [${names[level]}] ${message}\n`;
    if (!this.#scheduled) {
      this.#scheduled = true;
      nextTick(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }
}

async function createRotatingLogger(name, path) {
  mkdirSync(dirname(path), { recursive: true });
  return new Logger('rotating', name, path);
}

exports.version = 0;
exports.setLevel = () => undefined;
exports.setFlushOn = () => undefined;
exports.Logger = Logger;
exports.createRotatingLogger = createRotatingLogger;
exports.createAsyncRotatingLogger = createRotatingLogger;
