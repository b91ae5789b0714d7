import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';

export interface HostileServer {
  readonly origin: string;
  /** Everything that it was sent: head and body of each call. */
  readonly received: readonly string[];
}

/** Servers of the suite that calls this; they are gone after each test. */
export function useServers(): {
  readonly http: (listener: RequestListener) => Promise<HostileServer>;
  /** One that speaks no HTTP of its own accord. */
  readonly raw: (connected: (socket: net.Socket) => void) => Promise<HostileServer>;
} {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function listening(server: net.Server, close: () => void): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          close();
        }),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  return {
    http: async (listener) => {
      const received: string[] = [];
      const server: Server = createServer((request, response) => {
        // Whoever is answered may go before the end.
        response.on('error', () => undefined);
        void bodyOf(request).then((body) => {
          received.push(`${request.method} ${request.url}\n${request.rawHeaders.join('\n')}\n\n${body}`);
          listener(request, response);
        });
      });
      return { origin: await listening(server, () => server.closeAllConnections()), received };
    },
    raw: async (connected) => {
      const received: string[] = [];
      const sockets = new Set<net.Socket>();
      const server = net.createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('data', (data) => {
          received.push(data.toString('latin1'));
          connected(socket);
        });
      });
      return { origin: await listening(server, () => sockets.forEach((socket) => socket.destroy())), received };
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) body += String(piece);
  return body;
}
