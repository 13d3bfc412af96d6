import { z } from 'zod';

const text = z.string({ error: 'not text' });

const sender = z.strictObject({
  /** What the file calls it; the same name again is the same sender. */
  name: text.regex(/^[A-Za-z0-9_.-]{1,64}$/, 'not 1 to 64 letters, digits, dots, dashes and underscores'),
  type: text,
  friendlyName: text.optional(),
  addresses: z.array(text, { error: 'not a list' }).min(1, 'empty'),
  /** By its type. A field with `File` after its name is the path of a file whose content is the field. */
  config: z.record(z.string(), z.unknown(), { error: 'not an object' }),
});

export type SenderSetting = z.infer<typeof sender>;

/** The senders of a configuration file; each problem a sentence, since a whole file to compare it with helps nobody. */
export const sendersSetting = z
  .unknown()
  .transform((given, context): SenderSetting[] | undefined => {
    if (given === undefined) return undefined;
    const list = typeof given === 'string' ? parse(given) : given;
    const parsed = z.array(sender, { error: 'not a list' }).safeParse(list);
    const problem = (message: string) => context.addIssue({ code: 'custom', message, params: { sentence: true } });
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) problem(`${path.join('.') || 'the list'}: ${message}.`);
      return z.NEVER;
    }
    const names = parsed.data.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) problem(`two senders have the name ${twice}.`);
    return parsed.data;
  })
  .optional();

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
