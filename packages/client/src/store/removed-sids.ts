const remembered = 1000;

/**
 * The SIDs that were removed last. A SID never comes back, so an answer that was read before the removal and arrives
 * after it is told by this list, and so is a removal that was announced already.
 */
export class RemovedSids extends Set<string> {
  override add(sid: string): this {
    const [oldest] = super.add(sid);
    if (oldest !== undefined && this.size > remembered) this.delete(oldest);
    return this;
  }
}
