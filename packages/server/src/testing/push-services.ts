/** Servers that behave as the push services of Apple and Google do, as far as their documentation says. */
import type { KeyObject } from 'node:crypto';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { jwtVerify } from 'jose';
import type { Scheduler } from '../core/clock.ts';
import type { PushHosts } from '../delivery/push/hosts.ts';
import { type Certificate, CertificateAuthority, rsaKeys } from './certificates.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
  body: any;
  /** Did the client show a certificate that the server knows? */
  authorized: boolean;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
}

/** One server: what it received, and what it is to answer next. */
export class PushService {
  readonly received: Received[] = [];
  readonly sessions: ServerHttp2Session[] = [];
  /** The next answers; when they are used up, `otherwise` answers. */
  readonly replies: (Reply | 'nothing' | 'goaway')[] = [];
  /** What it always answers for a device, after `replies`. */
  readonly devices = new Map<string, Reply>();
  readonly #watchers = new Set<() => void>();
  readonly #server: Http2SecureServer;
  readonly #answer: (received: Received) => Promise<Reply>;

  constructor(tls: SecureServerOptions, answer: PushService['answer']) {
    this.#answer = answer;
    this.#server = createSecureServer(tls);
    this.#server.on('session', (session) => this.sessions.push(session));
    this.#server.on('stream', (stream, headers) => void this.#handle(stream, headers));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What is asked of whom, in the order of asking. */
  answer(received: Received): Promise<Reply> {
    return this.#answer(received);
  }

  /** Resolves when it has received so many requests. */
  async arrivals(count: number): Promise<void> {
    while (this.received.length < count) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => {});
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const authorized = (stream.session?.socket as TLSSocket | undefined)?.authorized ?? false;
    const isJson = headers['content-type'] === 'application/json';
    const received = { path: String(headers[':path']), headers, body: isJson ? JSON.parse(text) : text, authorized };
    this.received.push(received);
    for (const tell of this.#watchers) tell();
    this.#watchers.clear();
    const next = this.replies.shift();
    if (next === 'nothing') return;
    if (next === 'goaway') stream.session?.goaway();
    const about = this.devices.get(received.body?.message?.token ?? received.path.replace('/3/device/', ''));
    const reply = next === undefined || next === 'goaway' ? (about ?? (await this.answer(received))) : next;
    stream.respond({ ':status': reply.status, 'content-type': 'application/json', ...reply.headers });
    stream.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
  }
}

export interface PushServices {
  hosts: PushHosts;
  /** Certificate authority of the servers, as PEM. */
  ca: string;
  apns: PushService;
  fcm: PushService;
  token: PushService;
  /** What Apple would give for an app, and a certificate of somebody else. */
  app: Certificate;
  stranger: Certificate;
  /** What Google would give for a service account: the JSON file. */
  serviceAccount: string;
  /** Access tokens that FCM takes. */
  tokens: Set<string>;
  close(): Promise<void>;
}

// Making an RSA key takes a second.
const accountKeys = rsaKeys();
const clientEmail = 'push@colloquy-test.iam.gserviceaccount.com';

export async function openPushServices(clock: Scheduler): Promise<PushServices> {
  const authority = new CertificateAuthority('servers');
  const apple = new CertificateAuthority('Apple of the tests');
  const { certificate: cert, key } = authority.issue({ name: 'push services' });
  const { publicKey, privateKey } = accountKeys;
  const tokens = new Set<string>();
  let tokenUrl = '';

  const asking = { requestCert: true, rejectUnauthorized: false, ca: apple.certificate };
  const apns = new PushService({ key, cert, ...asking }, async ({ headers, authorized }) =>
    authorized
      ? { status: 200, headers: { 'apns-id': String(headers['apns-id']) } }
      : { status: 403, body: { reason: 'BadCertificate' } },
  );
  const fcm = new PushService({ key, cert }, async ({ headers }) =>
    tokens.has(String(headers.authorization).replace(/^Bearer /, ''))
      ? { status: 200, body: { name: 'projects/colloquy-test/messages/1' } }
      : { status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'no' } } },
  );
  const token = new PushService({ key, cert }, async ({ body }) => {
    const granted = await grant(new URLSearchParams(body), publicKey, tokenUrl, clock);
    if (!granted) return { status: 400, body: { error: 'invalid_grant', error_description: 'Bad signature.' } };
    const access_token = `token ${tokens.size + 1}`.replace(' ', '-');
    tokens.add(access_token);
    return { status: 200, body: { access_token, expires_in: 3599, token_type: 'Bearer' } };
  });
  const hosts = { apns: await apns.listen(), apnsSandbox: '', fcm: await fcm.listen(), fcmToken: '' };
  tokenUrl = `${await token.listen()}/token`;
  return {
    hosts: { ...hosts, apnsSandbox: hosts.apns, fcmToken: tokenUrl },
    ca: authority.certificate,
    apns,
    fcm,
    token,
    app: apple.issue({ name: 'Apple Push Services: com.example.chat', uid: 'com.example.chat' }),
    stranger: new CertificateAuthority('somebody else').issue({ name: 'x', uid: 'com.example.chat' }),
    serviceAccount: JSON.stringify({
      type: 'service_account',
      project_id: 'colloquy-test',
      private_key_id: 'key-1',
      private_key: privateKey,
      client_email: clientEmail,
      token_uri: 'https://example.com/not-asked',
    }),
    tokens,
    close: async () => {
      await Promise.all([apns.close(), fcm.close(), token.close()]);
    },
  };
}

/** RFC 7523, section 3. */
async function grant(form: URLSearchParams, key: KeyObject, audience: string, clock: Scheduler): Promise<boolean> {
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return false;
  try {
    const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', key, {
      algorithms: ['RS256'],
      issuer: clientEmail,
      audience,
      currentDate: new Date(clock.now()),
      maxTokenAge: '1h',
    });
    return payload['scope'] === 'https://www.googleapis.com/auth/firebase.messaging' && protectedHeader.kid === 'key-1';
  } catch {
    return false;
  }
}
