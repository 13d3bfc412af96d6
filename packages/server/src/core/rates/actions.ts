import type { Db } from '../../storage/db.ts';
import type { Actor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { loadBrief } from '../conversations/actions.ts';
import { Refusal } from '../refusal.ts';
import { Pace } from './pace.ts';
import type { RateLimits } from './rate-limits.ts';
import { tooMany } from './too-many.ts';

type ServiceKind = 'conversations' | 'users' | 'roles';
type ConversationKind = 'conversationUpdates' | 'participants' | 'messages';

/** The commands that are counted for a service, by name, and what they count as. */
export const serviceActions: Readonly<Record<string, ServiceKind>> = {
  'conversations.create': 'conversations',
  'conversations.create-with-participants': 'conversations',
  'conversations.delete': 'conversations',
  'users.create': 'users',
  'users.update': 'users',
  'users.delete': 'users',
  'roles.create': 'roles',
  'roles.update': 'roles',
  'roles.delete': 'roles',
};

/** Those that are counted for a conversation. */
export const conversationActions: Readonly<Record<string, ConversationKind>> = {
  'conversations.update': 'conversationUpdates',
  'participants.add': 'participants',
  'participants.update': 'participants',
  'participants.remove': 'participants',
  'messages.send': 'messages',
  'messages.update': 'messages',
  'messages.remove': 'messages',
};

/** What all inputs of these commands have. */
interface Target {
  service: string;
  conversation: string;
}

const kinds = [...new Set([...Object.values(serviceActions), ...Object.values(conversationActions)])];

/** Undefined when none of the limits is about changes. */
export function openActionRates(db: Db, clock: Clock, limits: RateLimits): ActionRates | undefined {
  const counted = limits.actions || kinds.some((kind) => limits[kind]);
  return counted ? new ActionRates(db, clock, limits) : undefined;
}

/**
 * Lets changes through that back ends and users ask for, as often as the limits say. Asked before a change is queued,
 * so that what is refused costs the writer nothing.
 */
export class ActionRates {
  readonly #db: Db;
  readonly #paces = new Map<ServiceKind | ConversationKind, Pace>();
  readonly #account: Pace | undefined;

  constructor(db: Db, clock: Clock, limits: RateLimits) {
    this.#db = db;
    for (const kind of kinds) {
      const perSecond = limits[kind];
      if (perSecond) this.#paces.set(kind, new Pace(clock, perSecond));
    }
    if (limits.actions) this.#account = new Pace(clock, limits.actions);
  }

  /** @throws Refusal 50063 for a service or conversation, 50074 for the account */
  async admit(command: string, actor: Actor, input: unknown): Promise<void> {
    if (actor.kind === 'system') return;
    const kind = serviceActions[command] ?? conversationActions[command];
    if (!kind) return;
    const pace = this.#paces.get(kind);
    const key = pace && (await this.#keyOf(command, actor, input as Target));
    const wait = pace && key !== undefined ? pace.take(key) : 0;
    if (wait > 0) throw tooMany(50063, wait);
    const accountWait = this.#account?.take(actor.account) ?? 0;
    if (accountWait > 0) throw tooMany(50074, accountWait);
  }

  /**
   * Undefined where there is nothing to count for: the command will say that it is not there. Nor may strangers use up
   * what a conversation is allowed.
   */
  async #keyOf(command: string, actor: Actor, { service, conversation }: Target): Promise<string | undefined> {
    if (command in serviceActions) return service;
    try {
      return (await loadBrief(this.#db, actor, service, conversation)).row.sid;
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }
}
