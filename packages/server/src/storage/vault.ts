import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileDurably } from './durable-file.ts';

/** AES-256-GCM with the nonce of 96 random bits and the full tag (NIST SP 800-38D, sections 5.2.1 and 8.2.2). */
const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const version = 'v1.';

/** The file in the data directory that holds the key. */
export const vaultKeyFile = 'secrets.key';

/**
 * Seals secrets of others before they are stored: who sees the database alone, such as a dump, a backup or a copy for
 * looking into a fault, does not see them. Who reads the whole data directory does; a server that has to use the
 * secrets without being asked for a password cannot be better than that.
 */
export class Vault {
  readonly #file: string;
  #key: Buffer | undefined;

  /**
   * @param directory the data directory; the key is made there when it is needed for the first time
   * @param key 64 hexadecimal digits, in the place of that one
   */
  constructor(directory: string, key?: string) {
    this.#file = join(directory, vaultKeyFile);
    if (key !== undefined) this.#key = Buffer.from(key, 'hex');
  }

  /** @param purpose what it is for; `open` has to be given the same */
  seal(text: string, purpose: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#keyToSeal(), nonce).setAAD(Buffer.from(purpose));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return version + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** @returns undefined when it was sealed with another key or for another purpose, or is damaged */
  open(sealed: string, purpose: string): string | undefined {
    const key = this.#keyFromFile();
    const bytes = Buffer.from(sealed.slice(version.length), 'base64url');
    if (!key || !sealed.startsWith(version) || bytes.length < nonceBytes + tagBytes) return undefined;
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  /**
   * @returns a secret for this purpose, which follows from the key and tells nobody anything of it; the key is made where there
   * is none
   */
  derive(purpose: string): string {
    return createHmac('sha256', this.#keyToSeal()).update(purpose).digest('base64url');
  }

  /** @throws Error when the file cannot be written, or holds something else than a key */
  #keyToSeal(): Buffer {
    const known = this.#keyFromFile();
    if (known) return known;
    writeFileDurably(this.#file, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, replace: false });
    const made = this.#keyFromFile();
    if (!made) throw new Error(`The file ${this.#file} holds no key.`);
    return made;
  }

  #keyFromFile(): Buffer | undefined {
    if (this.#key) return this.#key;
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const key = Buffer.from(text.trim(), 'hex');
    if (key.length === keyBytes) this.#key = key;
    return this.#key;
  }
}
