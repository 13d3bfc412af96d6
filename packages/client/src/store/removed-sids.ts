const remembered = 1000;

/**
 * The SIDs that were removed last. A SID never comes back, so an answer that was read before the removal and arrives
 * after it is told by this list, and so is a removal that was announced already.
 */
export class RemovedSids {
  readonly #sids = new Set<string>();

  add(sid: string): void {
    this.#sids.add(sid);
    if (this.#sids.size <= remembered) return;
    for (const oldest of this.#sids) {
      this.#sids.delete(oldest);
      break;
    }
  }

  has(sid: string): boolean {
    return this.#sids.has(sid);
  }
}
