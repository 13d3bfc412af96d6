import { isSid } from '@colloquy/protocol';
import { type FilledContent, fillContent, TooMuchContent } from '../content/fill.ts';
import { selectTemplate } from '../content/store.ts';
import type { ContentTypes } from '../content/types.ts';
import { readVariables } from '../content/variables.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';

export interface TemplateInput {
  contentSid?: string | undefined;
  /** JSON text. */
  contentVariables?: string | undefined;
}

export interface TemplateContent extends FilledContent {
  sid: string;
  /** The template's; empty when it has none. */
  name: string;
  language: string;
  /** As they were filled in, with the template's presets. */
  variables: Record<string, string>;
}

/**
 * What a message made from a template says; undefined when it is made from none. Empty parameters count as none.
 * Contract: Message Resource, "Using Variables with Content Templates".
 *
 * @throws Refusal 50526 to 50529, 50540 to 50542, 50504, 20422
 */
export async function templateContent(
  tx: Transaction,
  account: string,
  { contentSid, contentVariables }: TemplateInput,
): Promise<TemplateContent | undefined> {
  if (!contentSid) {
    if (contentVariables) throw refuse(50528);
    return undefined;
  }
  if (!isSid(contentSid, 'HX')) throw refuse(50526);
  const given = contentVariables ? readVariables(contentVariables, tx.limits) : new Map<string, string>();
  const template = await selectTemplate(tx, account, contentSid);
  if (!template) throw refuse(20422, { parameter: 'ContentSid', reason: 'no such content template' });
  const presets = new Map(Object.entries(JSON.parse(template.variables) as Record<string, string>));
  const { messageBodyBytes, requestBodyBytes } = tx.limits;
  const filled = fill(JSON.parse(template.types) as ContentTypes, requestBodyBytes, given, presets);
  if (!filled) throw refuse(50542);
  if (Buffer.byteLength(filled.text) > messageBodyBytes)
    throw refuse(50504, { limit: messageBodyBytes, unit: 'bytes' });
  if (Buffer.byteLength(JSON.stringify(filled.rich)) > requestBodyBytes)
    throw refuse(50504, { limit: requestBodyBytes });
  const { friendly_name: name, language } = template;
  const variables = Object.fromEntries([...presets, ...given]);
  return { sid: contentSid, name: name ?? '', language, variables, ...filled };
}

function fill(types: ContentTypes, limit: number, ...variables: readonly ReadonlyMap<string, string>[]) {
  try {
    return fillContent(types, limit, ...variables);
  } catch (error) {
    throw error instanceof TooMuchContent ? refuse(50504, { limit }) : error;
  }
}
