const againAfterMs = 3000;

export interface TokenRenewalOptions {
  ask: () => Promise<string>;
  /** Rejects when the server does not take the token. */
  give: (token: string) => Promise<unknown>;
  pause: (ms: number) => Promise<void>;
}

export interface TokenRenewal {
  /** Begins to renew the token; called again meanwhile, it goes on with what it does. */
  start(): void;
  close(): void;
}

/** Asks for a new token and gives it to the client, again and again until one is taken. */
export function createTokenRenewal({ ask, give, pause }: TokenRenewalOptions): TokenRenewal {
  let running = false;
  let closed = false;

  async function renew(): Promise<void> {
    while (!closed) {
      try {
        const token = await ask();
        if (!closed) await give(token);
        return;
      } catch {
        await pause(againAfterMs);
      }
    }
  }

  return {
    start() {
      if (running) return;
      running = true;
      void renew().finally(() => {
        running = false;
      });
    },
    close() {
      closed = true;
    },
  };
}
