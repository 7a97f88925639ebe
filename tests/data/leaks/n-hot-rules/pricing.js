function rules() {
  const file = require.resolve('./rules');
  delete require.cache[file];
  return require(file);
}

exports.price = (job) => rules().apply(job.amount);
