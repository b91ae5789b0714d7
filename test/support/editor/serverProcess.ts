/**
 * The process that the VS Code server runs in: `node serverProcess.ts <server-main.js> <arguments of the server>`.
 * It is the leader of a process group and ends the whole group as soon as its standard input closes, which happens
 * however the process that started it comes to its end, killed included.
 */
import { pathToFileURL } from 'node:url';

process.stdin.on('close', () => {
  if (process.platform !== 'win32') {
    process.kill(-process.pid, 'SIGKILL');
  }
  process.exit();
});
process.stdin.resume();

// The server reads its arguments as if it had been started itself.
process.argv.splice(1, 1);
const main = process.argv[1];
if (main === undefined) {
  throw new Error('The path of the server is missing.');
}
await import(pathToFileURL(main).href);
