import type { Found } from '../record/entries.ts';
import type { Evidence } from './evidence.ts';

/** The webhook was told of every change that it asked for, at least once, those of a conversation in their order. */
export function checkHooks(evidence: Evidence): string[] {
  const hooked = evidence.of('hooked');
  const wrong: string[] = [];
  const tokens = new Map<string, string>();
  for (const { event, token } of hooked) {
    if ((tokens.get(event) ?? token) !== token) wrong.push(`the webhook got ${event} under two tokens`);
    tokens.set(event, token);
  }
  for (const found of evidence.found) {
    const due = dueOf(found);
    const times = new Map<string, number>();
    let last = 0;
    for (const { event, taken, type } of hooked) {
      const [conversation, position = ''] = event.split('.');
      if (conversation !== found.conversation) continue;
      const is = due.get(Number(position));
      if (is !== type) wrong.push(`the webhook got ${event} as ${type}, which is ${is ?? 'none of what it asked for'}`);
      if (is !== type || !taken || times.has(event)) continue;
      times.set(event, 1);
      if (Number(position) < last) wrong.push(`the webhook got ${event} after ${conversation}.${last}`);
      last = Math.max(last, Number(position));
    }
    for (const [position, type] of due) {
      const event = `${found.conversation}.${position}`;
      if (!times.has(event)) wrong.push(`the webhook never got ${event} (${type})`);
    }
  }
  return wrong;
}

/** By position: what a webhook for changes of messages is told of. */
function dueOf({ log }: Found): Map<number, string> {
  const due = new Map<number, string>();
  const bodies = new Map<string, string | null>();
  for (const event of log) {
    const { type, position } = event;
    if (type === 'message.added') due.set(position, 'onMessageAdded');
    else if (type === 'message.removed') due.set(position, 'onMessageRemoved');
    // A message whose receipts got on is told of as `onDeliveryUpdated`.
    else if (type === 'message.updated' && bodies.get(event.data.sid) !== event.data.body) {
      due.set(position, 'onMessageUpdated');
    }
    if (type === 'message.added' || type === 'message.updated') bodies.set(event.data.sid, event.data.body);
  }
  return due;
}
