/**
 * What a template of each type consists of. Contract: "Content Types Overview". Other types (catalogs, flows, cards of
 * one channel …) are kept as they are given, since nothing here shows them.
 */
import { z } from 'zod';

const text = z.string({ error: 'not text' }).min(1, 'empty');
const words = z.string({ error: 'not text' }).optional();
const urls = z.array(text, { error: 'not a list' }).min(1, 'empty').max(10, 'more than 10');
const list = <T extends z.ZodType>(item: T) => z.array(item, { error: 'not a list' }).min(1, 'empty');
/** A number, or a placeholder for one. */
const degrees = z.union([z.number(), text], { error: 'not a number' });

const quickReply = z.looseObject({ title: text, id: words });
const callToAction = z.looseObject({ type: text, title: words });
const listItem = z.looseObject({ id: text, item: text, description: words });

/** The types that messages can be of, the richest first: a template of several types shows itself as the first of these. */
export const shownTypes = {
  'twilio/card': z.looseObject({
    title: text,
    subtitle: words,
    media: urls.optional(),
    actions: z.array(callToAction, { error: 'not a list' }).optional(),
  }),
  'twilio/list-picker': z.looseObject({ body: text, button: text, items: list(listItem).max(10, 'more than 10') }),
  'twilio/quick-reply': z.looseObject({ body: text, actions: list(quickReply).max(10, 'more than 10') }),
  'twilio/call-to-action': z.looseObject({ body: text, actions: list(callToAction) }),
  'twilio/media': z.looseObject({ body: words, media: urls }),
  'twilio/location': z.looseObject({ latitude: degrees, longitude: degrees, label: words }),
  'twilio/text': z.looseObject({ body: text }),
};

export type ShownType = keyof typeof shownTypes;

export const shownTypeNames = Object.keys(shownTypes) as ShownType[];

/** By type, what a message of it shows: plain JSON. */
export type ContentTypes = Record<string, Record<string, unknown>>;

/** At least one type; those that messages can be of have what they need. */
export const contentTypes: z.ZodType<ContentTypes> = z
  .record(z.string().max(64, 'too long'), z.record(z.string(), z.unknown(), { error: 'not an object' }), {
    error: 'not an object',
  })
  .superRefine((types, context) => {
    if (Object.keys(types).length === 0) context.addIssue({ code: 'custom', message: 'without any type' });
    for (const name of shownTypeNames) {
      const content = types[name];
      const parsed = content && shownTypes[name].safeParse(content);
      for (const issue of parsed?.error?.issues ?? []) {
        context.addIssue({ code: 'custom', path: [name, ...issue.path], message: issue.message });
      }
    }
  });
