import type { ContentData, ContentDataAction } from './content-data.ts';

type Raw = Readonly<Record<string, unknown>>;

const known = /^twilio\/(text|media|location|quick-reply|call-to-action|list-picker|card)$/;

/** @internal @param type such as `twilio/quick-reply` @param raw what a template has for that type */
export function parseContent(type: string, raw: Raw): ContentData {
  const name = known.exec(type)?.[1]?.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
  const { actions, ...rest } = raw as { actions?: Raw[] };
  return {
    ...(name === 'card' && { media: [], actions: [] }),
    ...(name && rest),
    ...(name && actions && (name === 'quickReply' ? { replies: actions } : { actions: actions.map(parseAction) })),
    type: name ?? 'other',
    rawData: JSON.stringify(raw),
  } as unknown as ContentData;
}

const actionTypes: Readonly<Record<string, ContentDataAction['type']>> = {
  QUICK_REPLY: 'reply',
  PHONE_NUMBER: 'phone',
  URL: 'url',
};

function parseAction(action: Raw, index: number): ContentDataAction {
  const type = actionTypes[action['type'] as string];
  return {
    ...(type && { index, ...action }),
    type: type ?? 'other',
    rawData: JSON.stringify(action),
  } as ContentDataAction;
}
