/** Fetches the editor that the environment names, and its Node, so that no test has to wait for them. */
import { nodeForServer, vscodeServer } from './vscodeServer.ts';

await vscodeServer();
await nodeForServer();
