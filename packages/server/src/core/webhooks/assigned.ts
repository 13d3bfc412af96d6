import { refuse } from '../refusal.ts';
import { isStorable } from '../storable.ts';
import type { BeforeEvent } from './event-names.ts';

/**
 * What a pre-action webhook put in the place of what was asked for. It speaks with the authority of a back end: who
 * asked need not have been allowed it. Commands check the values as they check everybody's.
 */
export interface Assigned {
  /** Of a conversation. */
  friendlyName?: string;
  /** Of a message. */
  body?: string;
  author?: string;
  attributes?: string;
}

/** Input of a command that a pre-action webhook may have a say in. No API may pass this on from its callers. */
export interface Assignable {
  assigned?: Assigned | undefined;
}

type Reader = readonly [name: string, field: keyof Assigned];

const ofConversation: readonly Reader[] = [['friendly_name', 'friendlyName']];
const ofMessage: readonly Reader[] = [
  ['body', 'body'],
  ['author', 'author'],
  ['attributes', 'attributes'],
];

const readers: { readonly [E in BeforeEvent]?: readonly Reader[] } = {
  onConversationAdd: ofConversation,
  onConversationUpdate: ofConversation,
  onMessageAdd: ofMessage,
  onMessageUpdate: ofMessage,
};

/**
 * What counts of a webhook's answer; other names in it mean nothing, and null is as good as absent. Contract:
 * behaviour reference, section 11.5.
 *
 * @param answer the JSON value that it answered with
 * @returns undefined when it changes nothing
 * @throws Refusal when a value is of another kind than it has to be; the commands look at the rest
 */
export function readAssigned(event: BeforeEvent, answer: unknown): Assigned | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const assigned: Assigned = {};
  for (const [name, field] of readers[event] ?? []) {
    const value: unknown = (answer as Record<string, unknown>)[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' || !isStorable(value)) {
      throw name === 'attributes'
        ? refuse(50304)
        : refuse(20422, {
            parameter: name,
            reason: 'the webhook that was asked answered with something else than text',
          });
    }
    assigned[field] = value;
  }
  return Object.keys(assigned).length > 0 ? assigned : undefined;
}
