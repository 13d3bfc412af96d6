import type { MediaCategory } from './media.ts';

/** A file to be sent. */
export interface SendMediaOptions {
  /** Such as `image/png`; null for that of the Blob, or for the server to find out. */
  contentType: string | null;
  filename?: string;
  /** Text, bytes (such as a Buffer of Node), or a Blob or File. */
  media: string | Uint8Array | Blob | null;
}

/** A form has one file in it. */
export type AnyFile = FormData | SendMediaOptions;

/** A file, and which part of a message it is. */
export interface OutgoingFile {
  category: MediaCategory;
  /** A form where the file in it could not be found. */
  body: Blob | Uint8Array | FormData;
  /** Empty, too, where it is not known. */
  type: string | null | undefined;
  name: string | undefined;
}

/** @internal */
export function isForm(file: AnyFile): file is FormData {
  return typeof FormData !== 'undefined' && file instanceof FormData;
}

/** @internal The file of a form goes without the form, so that its bytes can be counted. */
export function outgoing(category: MediaCategory, file: AnyFile): OutgoingFile {
  const { media, contentType, filename }: Partial<SendMediaOptions> = isForm(file) ? { media: fileOf(file) } : file;
  // Text in a Blob, so that nobody adds a charset to its type.
  const body = typeof media === 'object' ? (media ?? new Blob()) : new Blob([media as string]);
  const { name, type } = body as Partial<File>;
  return { category, body, type: contentType || type, name: filename ?? name };
}

/** The form itself where it cannot be looked into: React Native reads the file by its address. */
function fileOf(form: FormData): Blob {
  for (const value of form.values?.() ?? []) if (typeof value === 'object') return value;
  return form as unknown as Blob;
}
