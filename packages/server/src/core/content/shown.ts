import type { ShownContent } from '@colloquy/protocol';

type Raw = Readonly<Record<string, unknown>>;

const known = /^twilio\/(text|media|location|quick-reply|call-to-action|list-picker|card)$/;

/**
 * What a template has for a type, in the form in which the SDKs give it to programs.
 *
 * @param type such as `twilio/quick-reply`
 */
export function shownContent(type: string, raw: Raw): ShownContent {
  const name = known.exec(type)?.[1]?.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
  const rawData = JSON.stringify(raw);
  if (!name) return { type: 'other', rawData };
  const { actions, ...rest } = raw as { actions?: Raw[] };
  return {
    ...(name === 'card' && { media: [], actions: [] }),
    ...rest,
    ...(actions && (name === 'quickReply' ? { replies: actions } : { actions: actions.map(shownAction) })),
    type: name,
    rawData,
  };
}

const actionTypes: Readonly<Record<string, string>> = { QUICK_REPLY: 'reply', PHONE_NUMBER: 'phone', URL: 'url' };

function shownAction(action: Raw, index: number): ShownContent {
  const type = actionTypes[action['type'] as string];
  return { ...(type && { index, ...action }), type: type ?? 'other', rawData: JSON.stringify(action) };
}
