import { createHmac, timingSafeEqual } from 'node:crypto';
import { isSid, type Sid } from '@colloquy/protocol';

/** Below the server's public address. */
export const linkPath = '/v1/x/media';

/** How long the contract's temporary links last, in seconds ("Conversations Media Resource"). */
export const temporary = 300;

/** Addresses of media that need no credentials: who has one can read that file until the time it names. */
export class MediaLinks {
  readonly #key: string;

  /** @param secret what signs them; another one makes all links invalid */
  constructor(secret: string) {
    this.#key = `media links: ${secret}`;
  }

  /**
   * @param base the server's address, without a slash at its end
   * @param expires milliseconds; the link says whole seconds
   */
  make(base: string, sid: string, expires: number): string {
    const seconds = Math.floor(expires / 1000);
    const signature = this.#sign(sid, String(seconds)).toString('base64url');
    return `${base}${linkPath}/${sid}?expires=${seconds}&signature=${signature}`;
  }

  /** @returns the media that the link opens; undefined when it opens none, or not any more */
  read(sid: string, query: URLSearchParams, now: number): Sid<'ME'> | undefined {
    const expires = query.get('expires') ?? '';
    const given = Buffer.from(query.get('signature') ?? '', 'base64url');
    const expected = this.#sign(sid, expires);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return isSid(sid, 'ME') && now < Number(expires) * 1000 ? sid : undefined;
  }

  #sign(sid: string, expires: string): Buffer {
    return createHmac('sha256', this.#key).update(`${sid}\n${expires}`).digest();
  }
}
