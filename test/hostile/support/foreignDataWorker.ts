import { parentPort } from 'node:worker_threads';
import { foreignData } from './foreignData.ts';

parentPort?.on('message', (name: string) => parentPort?.postMessage(foreignData[name]?.read()));
