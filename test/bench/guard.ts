/**
 * Loaded first (`--import`) into every process that a bench starts, as the leader of a process group: the group ends
 * when standard input closes, which happens however the bench itself comes to its end.
 */
process.stdin.on('close', () => {
  if (process.platform !== 'win32') process.kill(-process.pid, 'SIGKILL');
  process.exit(1);
});
process.stdin.resume();
// What it guards must be able to end by itself.
if ('unref' in process.stdin) (process.stdin as { unref(): void }).unref();
