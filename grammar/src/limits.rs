//! How deep a scenario may nest, so that no input, whatever its length, overflows a stack.

/// Blocks in blocks.
pub const MAX_BLOCKS: usize = 200;

/// Brackets, signs, `not`, `where` and interpolations in one another, in one expression.
pub const MAX_NESTING: usize = 200;

/// Levels of an expression's tree. `1 + 1 + 1 + …` has one for each operator, so this
/// is how many operators may follow one another without brackets.
pub const MAX_LEVELS: usize = 500;
