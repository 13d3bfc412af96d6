import { libraryError } from '../errors.ts';

/** Gives a token of the user that is good for a while: asks the program's own back end, as a rule. */
export type TokenProvider = () => string | Promise<string>;

/** @internal The token that connections use, and where the next one comes from. */
export class TokenSource {
  /** Empty while a new one has to be asked for. */
  token = '';
  /** With which the present connection was asked for. */
  offered = '';
  readonly #provider: TokenProvider | undefined;
  #asking: Promise<string> | undefined;
  /** The last one that the server took. */
  #taken = '';

  constructor(token: string | TokenProvider) {
    if (typeof token === 'string') this.token = token;
    else this.#provider = token;
  }

  get renews(): boolean {
    return this.#provider !== undefined;
  }

  /** The server took it. */
  taken(token: string): void {
    this.#taken = token;
  }

  /**
   * The server does not take the token any more.
   *
   * @returns is it worth asking for another one? Not if the server refuses what was made just now
   */
  spent(hasEnded: boolean): boolean {
    const isWorth = this.renews && (hasEnded || this.token === this.#taken);
    if (isWorth) this.token = '';
    return isWorth;
  }

  /** Asks once for all who want it at the same time. @throws ColloquyError 107 */
  ask(): Promise<string> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<string> {
    let cause: unknown;
    try {
      const token = await this.#provider?.();
      if (token) return token;
    } catch (error) {
      cause = error;
    }
    throw libraryError(107, cause);
  }
}
