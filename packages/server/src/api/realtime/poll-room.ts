/** What all sessions over requests together keep for their clients; bytes. */
const most = 256 * 1024 * 1024;

/** The memory that the frames of all sessions over requests share. */
export class PollRoom {
  #sessions = 0;
  #bytes = 0;

  enter(): void {
    this.#sessions += 1;
  }

  leave(): void {
    this.#sessions -= 1;
  }

  /** @param bytes less than 0 for what is given back */
  take(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Is there too little for all, and has a session that keeps so many bytes more than its part? */
  isTooMuch(bytes: number): boolean {
    return this.#bytes > most && bytes > most / this.#sessions;
  }
}
