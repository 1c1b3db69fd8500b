"""The company's judgement: dated, sourced, range-checked parameters."""
