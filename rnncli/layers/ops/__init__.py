"""The rules of operations: functions of ``keras.ops`` that stand between layers."""
