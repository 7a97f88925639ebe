class RuleTable { constructor() { this.rows = Array.from({ length: 30 }, (_, i) => ({ from: i * 10, factor: 1 - i / 100 })); } }
const table = new RuleTable();
exports.apply = (amount) => amount * (table.rows.find((r) => r.from >= amount)?.factor ?? 1);
