/**
 * What somebody wrote in a mail, apart from what he quotes and signs with. Programs mark both in many ways and
 * languages; what is not surely a quotation is shown, and what is cut is kept.
 */

export interface Cut {
  /** What he wrote. All of it where nothing would be left. */
  shown: string;
  /** What was cut; null when nothing was. */
  history: string | null;
}

/** Nobody answers above more than this; the time it takes grows with the lines. */
const mostLines = 20_000;
const mostCharacters = 1_000_000;

/** "On … Ann wrote:" in the languages of many mail programs; the line that comes before a quotation. */
const attribution = new RegExp(
  [
    /\b(?:wrote|writes|schrieb|skrev|schreef|kirjoitti|napisał(?:\(a\))?|napsal(?:\(a\))?|írta|scrisse|escribió|escreveu|a écrit|ha scritto|va escriure|yazdı|написал(?:\(а\))?|пишет|写道|のメール)\b[^\n]{0,80}[:：]\s*$/,
    /^(?:написа[вл]|пише)[^\n]{0,80}:\s*$/,
    /(?:写道|wrote|さんは書きました)[:：]\s*$/,
    /^\s*(?:El|Le|Il|Am|Op|Em|On|Den|Dne|Dnia|W dniu)\b.{5,300}\S[:：]\s*$/,
  ]
    .map(({ source }) => `(?:${source})`)
    .join('|'),
  'iu',
);
/** Where such a line may begin that is broken in two or three. */
const attributionStart = /^\s*(?:On|Am|Le|El|Il|Op|Em|Den|Dne|Dnia|W dniu|A \d|\d{4}[-./年])/u;
/** Programs that do not mark lines put one of these before the quotation. */
const divider =
  /^\s*-{2,}\s*(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Messaggio originale|Oorspronkelijk bericht|Mensagem original|Forwarded message|Weitergeleitete Nachricht)\s*-{2,}\s*$/iu;
const headerLine = /^\s*\*?(?:From|Von|De|Da|Van|От|发件人)\s*:\*?\s*\S/iu;
const secondHeaderLine =
  /^\s*\*?(?:Sent|Date|To|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Para|Asunto|Assunto|Inviato|Data|A|Oggetto|Verzonden|Aan|Onderwerp)\s*:\*?\s*\S/iu;
const signature = /^-- ?$/;
const phoneSignature =
  /^\s*(?:Sent from my |Get Outlook for |Von meinem .{2,40} gesendet|Gesendet mit |Envoyé de mon |Enviado desde mi |Inviato da )/iu;

export function cutQuotes(text: string): Cut {
  if (text.length > mostCharacters) return { shown: text, history: null };
  const lines = text.replace(/\r\n?/g, '\n').trimEnd().split('\n');
  if (lines.length > mostLines) return { shown: text, history: null };
  const end = beginOfQuotation(lines);
  const begin = endOfLeadingQuotation(lines.slice(0, end));
  const kept = lines.slice(begin, end);
  const signed = beginOfSignature(kept);
  const shown = kept.slice(0, signed).join('\n').trim();
  const history = [...lines.slice(0, begin), ...kept.slice(signed), ...lines.slice(end)].join('\n').trim();
  if (shown === '' || history === '') return { shown: text.trim(), history: null };
  return { shown, history };
}

/** No program writes longer ones, and trying takes time. */
const announces = (text: string) => text.length < 1000 && attribution.test(text);
const isQuoted = (line: string) => /^\s*>/.test(line);
const isBlank = (line: string) => line.trim() === '';

/** The line from which on everything is quoted; the number of lines when nothing is. */
function beginOfQuotation(lines: readonly string[]): number {
  for (const [at, line] of lines.entries()) {
    if (divider.test(line)) return at;
    if (headerLine.test(line) && secondHeaderLine.test(lines[at + 1] ?? '')) return withRule(lines, at);
  }
  // From the end upwards, as long as lines are quoted: what comes below a quotation was written about it.
  let at = lines.length;
  for (; at > 0 && (isQuoted(lines[at - 1] ?? '') || isBlank(lines[at - 1] ?? '')); at -= 1);
  if (!lines.slice(at).some(isQuoted)) return lines.length;
  return withAttribution(lines, at);
}

/** Outlook draws a line above the header of what it quotes. */
function withRule(lines: readonly string[], at: number): number {
  let above = at - 1;
  for (; above >= 0 && isBlank(lines[above] ?? ''); above -= 1);
  return above >= 0 && /^\s*_{5,}\s*$/.test(lines[above] ?? '') ? above : at;
}

/** Up to three lines before the quotation may say whose it is. */
function withAttribution(lines: readonly string[], at: number): number {
  let last = at - 1;
  for (; last >= 0 && isBlank(lines[last] ?? ''); last -= 1);
  for (let first = last; first >= 0 && first > last - 3; first -= 1) {
    const joined = lines.slice(first, last + 1).join(' ');
    if (isBlank(lines[first] ?? '')) break;
    if (announces(joined) && (first === last || attributionStart.test(lines[first] ?? ''))) {
      return attributionStart.test(lines[first] ?? '') ? first : firstLineOf(lines, first);
    }
  }
  return at;
}

/** A line that ends an attribution may have its beginning one or two lines above. */
function firstLineOf(lines: readonly string[], at: number): number {
  for (let first = at - 1; first >= 0 && first >= at - 2 && !isBlank(lines[first] ?? ''); first -= 1) {
    if (attributionStart.test(lines[first] ?? '')) return first;
  }
  return at;
}

/** Whoever answers below has the quotation, and the line that announces it, above. */
function endOfLeadingQuotation(lines: readonly string[]): number {
  let at = 0;
  for (; at < lines.length && isBlank(lines[at] ?? ''); at += 1);
  for (let announced = at; announced < Math.min(at + 3, lines.length); announced += 1) {
    if (isQuoted(lines[announced] ?? '')) break;
    if (announces(lines.slice(at, announced + 1).join(' '))) {
      at = announced + 1;
      break;
    }
  }
  for (; at < lines.length && isBlank(lines[at] ?? ''); at += 1);
  let end = at;
  for (; end < lines.length && (isQuoted(lines[end] ?? '') || isBlank(lines[end] ?? '')); end += 1);
  const rest = lines.slice(end);
  // Quotations further down are answered one by one, and make no sense without each other.
  return end > at && rest.length > 0 && !rest.some(isQuoted) ? end : 0;
}

/** RFC 3676, 4.3; and what phones add, which is at the very end. */
function beginOfSignature(lines: readonly string[]): number {
  const marked = lines.findIndex((line) => signature.test(line));
  if (marked > 0) return marked;
  let last = lines.length - 1;
  for (; last >= 0 && isBlank(lines[last] ?? ''); last -= 1);
  return last > 0 && phoneSignature.test(lines[last] ?? '') ? last : lines.length;
}
