/** By the end of its path; undefined where that tells nothing, and a link has to do. */
export function kindOfUrl(url: string): 'image' | 'video' | 'audio' | 'document' | undefined {
  if (!URL.canParse(url)) return undefined;
  const { pathname, protocol } = new URL(url);
  const ending = /\.([a-z0-9]{1,5})$/.exec(pathname.toLowerCase())?.[1];
  return protocol === 'https:' && ending !== undefined ? kinds[ending] : undefined;
}

const kinds: Readonly<Record<string, 'image' | 'video' | 'audio' | 'document'>> = {
  jpg: 'image',
  jpeg: 'image',
  png: 'image',
  mp4: 'video',
  '3gp': 'video',
  mp3: 'audio',
  m4a: 'audio',
  aac: 'audio',
  amr: 'audio',
  ogg: 'audio',
  pdf: 'document',
  txt: 'document',
  doc: 'document',
  docx: 'document',
  xls: 'document',
  xlsx: 'document',
  ppt: 'document',
  pptx: 'document',
};
