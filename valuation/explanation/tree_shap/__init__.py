"""What does each characteristic add to a prediction of LightGBM? Exact tree SHAP, for a whole roll in seconds.

The Shapley values are those of `Booster.predict(..., pred_contrib=True)` and of `shap.TreeExplainer`, to some 1e-14, at
a small part of their cost. What makes that possible: a leaf's share in a row's values hangs on the row only through
*which of the conditions on the way to the leaf the row meets*. So

- `valuation.models.forest` reads the trees of all boosters of a blend, each with its weight, as one forest;
- `coding` turns every feature into bytes once: its rank among the thresholds that the forest asks for;
- `planning` cuts each tree into groups of leaves that hang on few conditions, a pattern of at most some ten bits;
- `kernels` works out what a group adds for every pattern, by Gauss-Legendre quadrature (exact, the weights of Shapley
  being integrals of polynomials), and adds to each row what stands in the tables for its pattern;
- `shapley` puts it together and knows the way back: a model with something unknown in it goes through LightGBM's own
  `pred_contrib`.

Features that a reader sees as one thing (the map and all that neighbours sold for) are added up in the tables already,
which changes no sum and halves the work.

References
----------
Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature Machine
Intelligence 2 (2020), for the values. Yang, "Fast TreeSHAP" (2021), for patterns; Yu and others, "Linear TreeShap"
(2022), for going down and up a tree with polynomials; Lucchese and others, "QuickScorer" (2015), for byte masks.
"""
