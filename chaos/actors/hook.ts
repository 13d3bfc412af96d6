import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Random } from '../../compat/soak/random.ts';
import type { Journal } from '../record/journal.ts';

/** Takes webhooks in, and turns some of them away for now. */
export class Hook {
  readonly url: string;
  readonly #server: Server;

  static async open(journal: Journal, random: Random): Promise<Hook> {
    const server = createServer(async (request, response) => {
      const type = new URLSearchParams(await text(request).catch(() => '')).get('EventType') ?? '';
      const taken = random.next() > 0.01;
      response.writeHead(taken ? 200 : 503).end();
      const header = (name: string) => String((request as IncomingMessage).headers[name] ?? '');
      const event = header('x-colloquy-event-id');
      journal.note({ kind: 'hooked', event, type, token: header('i-twilio-idempotency-token'), taken });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Hook(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
