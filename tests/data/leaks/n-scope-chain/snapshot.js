let current = null;

exports.refresh = (n) => {
  const previous = current;
  const changed = () => (previous ? previous.n !== n : true);
  current = {
    n,
    rows: Array.from({ length: 40 }, (_, i) => `${n}:${i}`),
    describe: () => `snapshot ${n}`,
  };
  return changed();
};
exports.report = () => ({ text: current.describe(), rows: current.rows.length });
