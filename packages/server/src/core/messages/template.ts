import { isSid } from '@colloquy/protocol';
import { type FilledContent, fillContent } from '../content/fill.ts';
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
  const filled = fillContent(JSON.parse(template.types) as ContentTypes, given, presets);
  if (!filled) throw refuse(50542);
  const { messageBodyBytes, requestBodyBytes } = tx.limits;
  if (Buffer.byteLength(filled.text) > messageBodyBytes) throw refuse(50504, { limit: messageBodyBytes });
  // A placeholder may stand in a template many times.
  if (Buffer.byteLength(JSON.stringify(filled.rich)) > requestBodyBytes)
    throw refuse(50504, { limit: requestBodyBytes });
  return { sid: contentSid, ...filled };
}
