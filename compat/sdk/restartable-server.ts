import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from '@colloquy/server';
import twilio from 'twilio';

const credentials = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'the auth token of these tests ...',
  apiKeySid: `SK${'b'.repeat(32)}`,
  apiKeySecret: 'the API key secret of these tests',
};

/** The server on a port that it keeps when it is stopped and started again, with the official libraries around it. */
export class RestartableServer {
  readonly url: string;
  readonly #dataDir: string;
  readonly #port: number;
  #server: Server | undefined;

  static async start(): Promise<RestartableServer> {
    const probe = createNetServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const server = new RestartableServer(port, mkdtempSync(join(tmpdir(), 'colloquy-sdk-')));
    await server.up();
    return server;
  }

  private constructor(port: number, dataDir: string) {
    this.#port = port;
    this.#dataDir = dataDir;
    this.url = `http://127.0.0.1:${port}`;
  }

  async up(): Promise<void> {
    this.#server = await createServer({
      port: this.#port,
      host: '127.0.0.1',
      dataDir: this.#dataDir,
      publicUrl: null,
      mode: 'production',
      sandbox: 'any',
      outgoingNetworks: ['127.0.0.0/8'],
      preWebhook: { timeoutMs: 5000, onFailure: 'proceed' },
      logLevel: 'silent',
      credentials,
      credentialsFile: join(this.#dataDir, 'credentials.json'),
    });
    await this.#server.listen();
  }

  async down(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  async discard(): Promise<void> {
    await this.down();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** The official server library, pointed here. */
  get rest() {
    const client = twilio(credentials.accountSid, credentials.authToken);
    client.conversations.baseUrl = this.url;
    return client.conversations.v1;
  }

  /** Content templates by the official server library. */
  get content() {
    const client = twilio(credentials.accountSid, credentials.authToken);
    client.content.baseUrl = this.url;
    return client.content.v1.contents;
  }

  /** Of the account, for requests that no library makes. */
  get authorization(): string {
    return `Basic ${Buffer.from(`${credentials.accountSid}:${credentials.authToken}`).toString('base64')}`;
  }

  /** What a person writes on a phone of the sandbox. */
  async write(phone: string, to: string, body: string): Promise<void> {
    await this.#phone(phone, { method: 'POST', body: JSON.stringify({ to, body }) });
  }

  /** What came to a phone of the sandbox, the oldest first. */
  async received(phone: string): Promise<string[]> {
    const { messages } = (await this.#phone(phone, {})) as { messages: { direction: string; body: string }[] };
    return messages.filter(({ direction }) => direction === 'in').map(({ body }) => body);
  }

  async #phone(phone: string, request: RequestInit): Promise<unknown> {
    const answer = await fetch(`${this.url}/v1/x/sandbox/phones/${encodeURIComponent(phone)}/messages`, {
      ...request,
      headers: { authorization: this.authorization, 'content-type': 'application/json' },
    });
    if (!answer.ok) throw new Error(`The phone's request was answered with ${answer.status}.`);
    return answer.json();
  }

  /** As the official library makes it. */
  async token(
    identity: string,
    options: { service?: string; ttl?: number; secret?: string; pushCredential?: string } = {},
  ): Promise<string> {
    const serviceSid = options.service ?? (await this.rest.configuration().fetch()).defaultChatServiceSid;
    const { AccessToken } = twilio.jwt;
    const { accountSid, apiKeySid, apiKeySecret } = credentials;
    const token = new AccessToken(accountSid, apiKeySid, options.secret ?? apiKeySecret, {
      identity,
      ttl: options.ttl ?? 3600,
    });
    const { pushCredential } = options;
    token.addGrant(
      new AccessToken.ChatGrant({ serviceSid, ...(pushCredential && { pushCredentialSid: pushCredential }) }),
    );
    return token.toJwt();
  }
}

/** The next time an emitter emits that, or the next time that it fits. */
export function next<Args extends unknown[]>(
  emitter: { on(event: never, listener: (...args: never) => void): unknown },
  event: string,
  fits: (...args: Args) => boolean = () => true,
): Promise<Args[0]> {
  return new Promise((resolve) => {
    emitter.on(
      event as never,
      ((...args: Args) => {
        if (fits(...args)) resolve(args[0]);
      }) as never,
    );
  });
}
