"""Prediction: features, targets, splits, estimators, serving. The only room with scikit-learn."""
