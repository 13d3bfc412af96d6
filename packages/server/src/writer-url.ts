/** The module that runs as the writer thread, beside this one in the sources and in what is built. */
export const writerUrl = new URL(`./writer-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
