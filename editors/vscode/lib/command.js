// Command lines of scn, from what is chosen. Nothing here knows the editor.

/** The words behind `scn` for a verb on a file. */
function words(verb, file, { env, set, more = [] } = {}) {
  const words = [verb];
  if (env && verb !== 'fmt') words.push('--env', env);
  for (const [name, value] of Object.entries(set ?? {})) words.push('--set', `${name}=${value}`);
  words.push(...more);
  // A file whose name begins with a dash is no option.
  words.push(file.startsWith('-') ? `./${file}` : file);
  return words;
}

module.exports = { words };
