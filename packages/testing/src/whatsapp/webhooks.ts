import { createHmac } from 'node:crypto';
import type { BusinessNumber, World } from './world.ts';

/** A `value` that is about one number, or about an account. */
export interface News {
  account: string;
  field: string;
  value: Readonly<Record<string, unknown>>;
}

const minute = 60_000;
/** Until it is answered with 200: sooner at first, then ever later, for seven days. */
const delays = [1000, 5000, 30_000, 2 * minute, 10 * minute, 30 * minute];
const everyHour = 60 * minute;
const givenUpAfter = 7 * 24 * 60 * minute;

/** Tells the app what happens, signed. */
export class Webhooks {
  readonly #world: World;
  readonly #urls = new Map<string, string>();
  readonly #underWay = new Set<Promise<unknown>>();
  #held: News[] | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** @param number its id, where it has a URL of its own; '' for that of the app */
  setUrl(url: string, number = ''): void {
    this.#urls.set(number, url);
  }

  /** The handshake with which Meta checks a URL. @throws when it is not answered as it should be */
  async subscribe(url: string, verifyToken: string, number = ''): Promise<void> {
    const challenge = this.#world.nextDigits();
    const asked = new URL(url);
    asked.searchParams.set('hub.mode', 'subscribe');
    asked.searchParams.set('hub.verify_token', verifyToken);
    asked.searchParams.set('hub.challenge', challenge);
    const answer = await fetch(asked);
    const text = await answer.text();
    if (answer.status !== 200 || text !== challenge) {
      throw new Error(`The callback URL or verify token couldn't be validated: ${answer.status} ${text.slice(0, 100)}`);
    }
    this.setUrl(url, number);
  }

  /** From now on news wait, until they are posted all at once. */
  hold(): void {
    this.#held ??= [];
  }

  /** @returns the status of the answer */
  release(): Promise<number | null> {
    const news = this.#held ?? [];
    this.#held = undefined;
    return this.#track(this.#post(news, this.#world.clock.now(), 0));
  }

  /** Resolves when they were posted the first time. @returns the status of the answer; null where nothing listens */
  tell(...news: readonly News[]): Promise<number | null> {
    if (this.#held) {
      this.#held.push(...news);
      return Promise.resolve(null);
    }
    return this.#track(this.#post(news, this.#world.clock.now(), 0));
  }

  /** Posts these bytes, whatever they are. @param secret that signs them; null for no signature */
  async postRaw(body: string | Buffer, secret: string | null = this.#world.appSecret): Promise<number> {
    const url = this.#urls.get('');
    if (url === undefined) throw new Error('There is no callback URL.');
    const headers = {
      'content-type': 'application/json',
      ...(secret !== null && { 'x-hub-signature-256': sign(body, secret) }),
    };
    const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });
    await answer.arrayBuffer();
    return answer.status;
  }

  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const end = () => this.#underWay.delete(work);
    work.then(end, end);
    return work;
  }

  async #post(news: readonly News[], first: number, attempt: number): Promise<number | null> {
    const [one] = news;
    const number = one && numberIn(one);
    const url = (number === undefined ? undefined : this.#urls.get(number)) ?? this.#urls.get('');
    if (url === undefined || news.length === 0) return null;
    const body = bodyOf(news);
    const { clock, appSecret } = this.#world;
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': sign(body, appSecret) };
    const status = await fetch(url, { method: 'POST', headers, body }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      () => 0,
    );
    if (status !== 200 && clock.now() < first + givenUpAfter) {
      clock.at(clock.now() + (delays[attempt] ?? everyHour), () => this.#track(this.#post(news, first, attempt + 1)));
    }
    return status;
  }
}

export function sign(body: string | Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

export function metadataOf({ id, number }: BusinessNumber) {
  return { display_phone_number: number.slice(1), phone_number_id: id };
}

function numberIn({ value }: News): string | undefined {
  return (value['metadata'] as { phone_number_id?: string } | undefined)?.phone_number_id;
}

/** News of one account are one entry. Meta escapes what is not ASCII, and slashes. */
function bodyOf(news: readonly News[]): string {
  const accounts = [...new Set(news.map(({ account }) => account))];
  const entry = accounts.map((id) => ({
    id,
    changes: news.filter(({ account }) => account === id).map(({ field, value }) => ({ value, field })),
  }));
  return JSON.stringify({ object: 'whatsapp_business_account', entry })
    .replaceAll('/', '\\/')
    .replace(/[^\x20-\x7e]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
