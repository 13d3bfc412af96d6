import type { Health } from '../channel.ts';

/** What keeps a sender from working, or will before long. It is over when something goes through. */
export class Condition {
  #health: Health = { state: 'up' };

  current(): Health {
    return this.#health;
  }

  down(reason: string): void {
    this.#health = { state: 'down', reason };
  }

  degraded(reason: string): void {
    if (this.#health.state !== 'down') this.#health = { state: 'degraded', reason };
  }

  up(): void {
    this.#health = { state: 'up' };
  }
}
