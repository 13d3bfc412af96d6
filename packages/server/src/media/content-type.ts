import { fileTypeFromBuffer } from 'file-type';

/** How much of a file it takes to tell what it is. */
export const headBytes = 4100;

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** RFC 9110, section 8.3.1: `type/subtype`, and parameters. */
const form = new RegExp(
  `^(${token}/${token})((?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"))*)[ \\t]*;?$`,
);
const longest = 256;

/** Said by those who do not know: browsers, and tools whose body is a form unless they are told otherwise. */
const unspecific = new Set([
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
  'application/unknown',
]);

const executable = new Set([
  'application/x-msdownload',
  'application/x-elf',
  'application/x-mach-binary',
  'application/java-vm',
  'application/wasm',
  'application/x-ms-shortcut',
]);

/**
 * @returns the type in lower case with its parameters as given; null when there is none
 * @throws TypeError when it is no media type
 */
export function parseContentType(text: string | undefined): string | null {
  if (text === undefined || text.trim() === '') return null;
  const match = form.exec(text.trim());
  if (!match || text.length > longest) throw new TypeError(`Not a media type: ${text}`);
  return `${match[1]?.toLowerCase()}${match[2] ?? ''}`;
}

/** What a file is taken for, and whether what it was declared as would deceive whoever opens it. */
export interface Judgement {
  contentType: string;
  /** A program or a page that calls itself a picture, a sound, a film or a document. */
  deceptive: boolean;
}

/**
 * Compares what a file is declared as with what its first bytes say. Pictures, sounds, films and PDF are recognised
 * by their content, and a wrong label on them is corrected; so is a label that says nothing. A label that hides a
 * program or a page is not: see `deceptive`. What cannot be recognised keeps its label.
 *
 * @param declared as `parseContentType` returns it
 * @param head the first `headBytes` of the file, or all of it
 */
export async function judgeContent(declared: string | null, head: Uint8Array): Promise<Judgement> {
  const detected = (await fileTypeFromBuffer(head))?.mime;
  const claim = declared?.split(';', 1)[0]?.trim() ?? '';
  const claimsMedia = isMedia(claim);
  if (detected !== undefined && executable.has(detected)) {
    return { contentType: detected, deceptive: claimsMedia || claim.startsWith('text/') };
  }
  if (looksActive(head)) {
    const contentType =
      declared === null || claimsMedia || unspecific.has(claim) ? 'application/octet-stream' : declared;
    return { contentType, deceptive: claimsMedia };
  }
  if (detected === undefined) return { contentType: declared ?? 'application/octet-stream', deceptive: false };
  if (declared === null || unspecific.has(claim)) return { contentType: detected, deceptive: false };
  const wrong = (claimsMedia || claim.startsWith('text/') || isMedia(detected)) && !agree(claim, detected);
  return { contentType: wrong ? detected : declared, deceptive: false };
}

function isMedia(type: string): boolean {
  return (/^(?:image|audio|video)\//.test(type) && type !== 'image/svg+xml') || type === 'application/pdf';
}

function agree(claim: string, detected: string): boolean {
  if (claim === detected) return true;
  // One container holds sound or film, and has several names; no reader is misled.
  const heard = /^(?:audio|video|application\/ogg)/;
  if (heard.test(claim) && heard.test(detected)) return true;
  return plain(claim) === plain(detected);
}

/** Names that came before the registered one. */
function plain(type: string): string {
  switch (type) {
    case 'image/jpg':
    case 'image/pjpeg':
      return 'image/jpeg';
    case 'image/x-png':
    case 'image/apng':
      return 'image/png';
    case 'image/heif':
    case 'image/heic-sequence':
    case 'image/heif-sequence':
      return 'image/heic';
    default:
      return type;
  }
}

/** HTML, SVG and other XML, and scripts: text that some program would run. WHATWG MIME Sniffing, section 7.1, and `#!`. */
function looksActive(head: Uint8Array): boolean {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 1024)).toString('latin1');
  const text = start.replace(/^(?:ï»¿)?[\t\n\f\r ]*/, '').toLowerCase();
  if (text.startsWith('#!')) return true;
  return /^<(?:!doctype|html|head|body|script|iframe|style|svg|title|table|div|font|h1|img|br|a|b|p|!--|\?xml)(?=[\s/>]|--|$)/.test(
    text,
  );
}
