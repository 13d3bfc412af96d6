import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { AccountActor } from '../core/actor.ts';
import { type InitializationPayload, initializationWork } from '../core/combined/create.ts';
import { abandonConversation, initializeConversation } from '../core/combined/initialize.ts';
import type { Core } from '../core/core.ts';
import type { Work } from '../core/outbox/actions.ts';
import { Refusal } from '../core/refusal.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import { type DeliveryContext, Dispatcher, type WorkHandler } from './outbox.ts';

/** Attempts after which a conversation that cannot be finished, for a mistake in the server, is given up. */
const maxAttempts = 5;

/** Adds the participants of conversations that were created together with them. */
export class Initializations implements WorkHandler {
  readonly #core: Core;
  readonly #logger: Logger;
  readonly #account: Sid<'AC'>;

  constructor({ core, logger, account }: Pick<DeliveryContext, 'core' | 'logger' | 'account'>) {
    this.#core = core;
    this.#logger = logger;
    this.#account = account;
  }

  async handle(work: Work): Promise<void> {
    const payload = JSON.parse(work.payload) as InitializationPayload;
    const { id: conversation, lease } = work;
    const actor: AccountActor = { kind: 'account', account: this.#account, firesWebhooks: payload.firesWebhooks };
    try {
      await this.#core.run(initializeConversation, actor, { conversation, lease, ...payload });
    } catch (error) {
      // That the database is away, or has too much to do, is not the conversation's fault, whichever attempt this is.
      if (error instanceof StorageUnavailable) throw error;
      if (!(error instanceof Refusal) && work.attempt < maxAttempts) throw error;
      this.#logger.warn({ error, code: 50427, conversation }, 'participants could not be added; it is closed');
      await this.#core.run(abandonConversation, actor, { conversation, lease });
    }
  }

  /** The command does all or nothing, so whoever had the work before has done nothing of it. */
  recover(work: Work): Promise<void> {
    return this.handle(work);
  }
}

/** Done in a moment each, and there are never many. */
const concurrency = 8;
const leaseMs = 30_000;

/** Sets to work what adds participants, beginning with what the last run of the server left. */
export function openInitializations(context: DeliveryContext): Dispatcher {
  const handler = new Initializations(context);
  const dispatcher = new Dispatcher({ ...context, kind: initializationWork, handler, concurrency, leaseMs });
  dispatcher.start();
  return dispatcher;
}
